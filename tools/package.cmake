# package.cmake
# What is installed and packaged. CMakeLists.txt includes it; tools/package.sh makes the packages.
#
# Copyright the TRADE for Wireshark authors
# SPDX-License-Identifier: GPL-2.0-or-later

set(package wireshark-plugin-trade)
set(package_version ${PROJECT_VERSION}+wireshark${Wireshark_MAJOR_VERSION}.${Wireshark_MINOR_VERSION})
set(documents share/doc/${package})

# The same directories and modes whatever the packager's umask is.
set(CMAKE_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS
    OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE WORLD_READ WORLD_EXECUTE)

# A file that a full disk cuts would end each tshark that loads it. So what Wireshark reads comes
# beside its place, and there when it is whole.
set(plugins ${Wireshark_PLUGIN_LIBDIR}/epan)
set(profile share/wireshark/profiles/TRADE)
install(TARGETS trade DESTINATION ${plugins}/.new COMPONENT wireshark
        PERMISSIONS OWNER_READ OWNER_WRITE GROUP_READ WORLD_READ)
install(DIRECTORY profile/TRADE/ DESTINATION share/wireshark/.new COMPONENT wireshark)
install(DIRECTORY DESTINATION ${profile} COMPONENT wireshark)
configure_file(tools/install.cmake.in install.cmake @ONLY)
install(SCRIPT ${PROJECT_BINARY_DIR}/install.cmake COMPONENT wireshark)
install(PROGRAMS tools/doctor.sh DESTINATION bin RENAME trade-doctor COMPONENT extras)
install(PROGRAMS tools/trade-report tools/trade-watch DESTINATION bin COMPONENT extras)
install(DIRECTORY tools/report tools/watch DESTINATION share/${package} COMPONENT extras
        FILES_MATCHING PATTERN *.py PATTERN *.js PATTERN *.css PATTERN __pycache__ EXCLUDE)
install(FILES README.md ChangeLog DESTINATION ${documents} COMPONENT extras)
install(FILES COPYING packaging/debian/copyright DESTINATION ${documents} COMPONENT extras)
install(DIRECTORY docs DESTINATION ${documents} COMPONENT extras PATTERN *.[14] EXCLUDE)
install(FILES docs/trade-doctor.1 docs/trade-report.1 docs/trade-watch.1 DESTINATION share/man/man1
        COMPONENT extras)
install(FILES docs/trade-dissector.4 DESTINATION share/man/man4 COMPONENT extras)
install(FILES packaging/trade-watch@.service DESTINATION lib/systemd/system COMPONENT extras)
install(DIRECTORY captures DESTINATION ${documents} COMPONENT extras
        FILES_MATCHING PATTERN *.pcapng PATTERN *.log PATTERN README.md PATTERN __pycache__ EXCLUDE)

include(packaging/sbom.cmake)
