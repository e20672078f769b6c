# package.cmake
# What is installed and packaged besides the plugin. CMakeLists.txt includes it;
# tools/package.sh makes the packages. There is no debian/, which would list all this once more: the
# .tar.gz, for other systems, comes from here, too.
#
# Copyright the TRADE for Wireshark authors
# SPDX-License-Identifier: GPL-2.0-or-later

# A plugin fits one X.Y of Wireshark, so packages for different ones have different
# names and versions; that of the newer Wireshark is the newer.
set(abi ${Wireshark_MAJOR_VERSION}.${Wireshark_MINOR_VERSION})
set(CPACK_PACKAGE_NAME wireshark-plugin-trade)
set(CPACK_PACKAGE_VERSION ${PROJECT_VERSION}+wireshark${abi})
set(TRADE_MAINTAINER "The TRADE for Wireshark authors <trade@wireshark-plugin-trade.invalid>"
    CACHE STRING "Who makes the package, with an address of electronic mail")
set(CPACK_PACKAGE_CONTACT ${TRADE_MAINTAINER})
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "Wireshark ${abi} plugin that dissects TRADE")
set(CPACK_PACKAGE_DESCRIPTION
    "TRADE is the protocol on TCP port 2107 between the modules of a trading\n\
platform and their Multiplexer. This plugin dissects it for Wireshark and\n\
tshark ${abi}, and tells from a capture whether the network or a program that\n\
stopped reading was at fault.\n\
.\n\
The profile TRADE has columns, colours, filter buttons and graphs for it.\n\
trade-doctor says why a plugin is not loaded, trade-report writes a page\n\
about a capture, and trade-watch captures without end and says what goes\n\
wrong.")

# The same directories and modes whatever the packager's umask is.
set(CMAKE_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS
    OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE WORLD_READ WORLD_EXECUTE)
set(documents share/doc/${CPACK_PACKAGE_NAME})

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
install(DIRECTORY tools/report tools/watch DESTINATION share/${CPACK_PACKAGE_NAME} COMPONENT extras
        FILES_MATCHING PATTERN *.py PATTERN *.js PATTERN *.css PATTERN __pycache__ EXCLUDE)
install(FILES README.md ChangeLog DESTINATION ${documents} COMPONENT extras)
install(FILES COPYING packaging/copyright DESTINATION ${documents} COMPONENT extras)
install(FILES packaging/lintian-overrides DESTINATION share/lintian/overrides
        RENAME ${CPACK_PACKAGE_NAME} COMPONENT extras)
install(DIRECTORY docs DESTINATION ${documents} COMPONENT extras PATTERN *.[14] EXCLUDE)
# Manual pages and Debian's changelog, compressed where that can be done.
find_program(TRADE_GZIP gzip)
string(TIMESTAMP date "%a, %d %b %Y %H:%M:%S +0000" UTC)
configure_file(packaging/changelog.in changelog @ONLY)
foreach(page docs/trade-doctor.1 docs/trade-report.1 docs/trade-watch.1 docs/trade-dissector.4
             ${PROJECT_BINARY_DIR}/changelog)
  set(place ${documents})
  if(page MATCHES "\\.([0-9])$")
    set(place share/man/man${CMAKE_MATCH_1})
    set(page ${PROJECT_SOURCE_DIR}/${page})
  endif()
  if(TRADE_GZIP)
    set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${page})
    get_filename_component(name ${page} NAME)
    execute_process(COMMAND ${TRADE_GZIP} -9nc ${page}
                    OUTPUT_FILE ${PROJECT_BINARY_DIR}/${name}.gz)
    set(page ${PROJECT_BINARY_DIR}/${name}.gz)
  endif()
  install(FILES ${page} DESTINATION ${place} COMPONENT extras)
endforeach()
install(FILES packaging/trade-watch@.service DESTINATION lib/systemd/system COMPONENT extras)
install(DIRECTORY captures DESTINATION ${documents} COMPONENT extras
        FILES_MATCHING PATTERN *.pcapng PATTERN *.log PATTERN README.md PATTERN __pycache__ EXCLUDE)

set(CPACK_GENERATOR TGZ)
set(CPACK_MONOLITHIC_INSTALL ON)
set(CPACK_STRIP_FILES ON)
set(CPACK_SYSTEM_NAME ${CMAKE_SYSTEM_PROCESSOR})
set(CPACK_PACKAGE_FILE_NAME ${CPACK_PACKAGE_NAME}_${CPACK_PACKAGE_VERSION}_${CPACK_SYSTEM_NAME})
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_VERSION ${CPACK_PACKAGE_VERSION})
set(CPACK_DEBIAN_PACKAGE_SECTION net)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
# Or an upgrade to the next Wireshark would leave this package there, and TRADE be gone without
# a word.
math(EXPR next "${Wireshark_MINOR_VERSION} + 1")
set(next "(>= ${Wireshark_MAJOR_VERSION}.${next}~)")
set(CPACK_DEBIAN_PACKAGE_BREAKS "tshark ${next}, wireshark ${next}, wireshark-common ${next}")
set(CPACK_DEBIAN_PACKAGE_RECOMMENDS "tshark | wireshark, python3")
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)

# What apt knows by the names of its own architectures, and what it needs for that.
find_program(TRADE_SHLIBDEPS dpkg-shlibdeps)
find_program(TRADE_DPKG dpkg)
if(TRADE_SHLIBDEPS AND TRADE_DPKG)
  list(APPEND CPACK_GENERATOR DEB)
  execute_process(COMMAND ${TRADE_DPKG} --print-architecture
                  OUTPUT_VARIABLE CPACK_DEBIAN_PACKAGE_ARCHITECTURE
                  OUTPUT_STRIP_TRAILING_WHITESPACE)
endif()

include(packaging/sbom.cmake)

set(CPACK_SOURCE_GENERATOR "")
include(CPack)
