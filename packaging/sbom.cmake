# sbom.cmake
# Writes what the package is made of, and what it was built with, as SPDX 2.3 says it, from what
# CMake and dpkg found: wireshark-plugin-trade.spdx.json in the build directory. package.cmake
# includes it.
#
# Copyright the TRADE for Wireshark authors
# SPDX-License-Identifier: GPL-2.0-or-later

set(sbom ${PROJECT_BINARY_DIR}/${package}.spdx.json)
set(parts "")
set(relations "")

# name, version, licence, address as package URLs have it (or none); how it and the package relate:
# "PACKAGE CONTAINS", "PACKAGE DYNAMIC_LINK", or "BUILD_TOOL_OF PACKAGE".
function(add_part name version licence url relation)
  set(address "")
  if(url)
    set(address ",\n      \"externalRefs\": [{\"referenceCategory\": \"PACKAGE-MANAGER\", \
\"referenceType\": \"purl\", \"referenceLocator\": \"${url}\"}]")
  endif()
  string(APPEND parts ",
    {\"name\": \"${name}\", \"SPDXID\": \"SPDXRef-${name}\", \"versionInfo\": \"${version}\",
      \"downloadLocation\": \"NOASSERTION\", \"filesAnalyzed\": false, \"licenseDeclared\": \"${licence}\",
      \"copyrightText\": \"NOASSERTION\"${address}}")
  if(relation MATCHES "^PACKAGE (.*)")
    set(relation "SPDXRef-PACKAGE ${CMAKE_MATCH_1} SPDXRef-${name}")
  else()
    string(REGEX REPLACE " PACKAGE$" " SPDXRef-PACKAGE" relation "SPDXRef-${name} ${relation}")
  endif()
  string(REGEX REPLACE "^(.*) (.*) (.*)$" ",\n    {\"spdxElementId\": \"\\1\", \
\"relationshipType\": \"\\2\", \"relatedSpdxElement\": \"\\3\"}" relation "${relation}")
  set(parts "${parts}" PARENT_SCOPE)
  set(relations "${relations}${relation}" PARENT_SCOPE)
endfunction()

find_program(TRADE_DPKG_QUERY dpkg-query)

# Sets purl to the address of the source of an installed package, of Debian's or a derivative's;
# empty: elsewhere.
function(find_source package)
  set(purl "" PARENT_SCOPE)
  if(EXISTS /etc/os-release AND TRADE_DPKG_QUERY)
    file(STRINGS /etc/os-release id REGEX "^ID=")
    string(REGEX REPLACE "^ID=" "" id "${id}")
    execute_process(COMMAND ${TRADE_DPKG_QUERY} -W -f "pkg:deb/${id}/\${source:Package}@\${source:Version}?arch=source"
                            ${package} OUTPUT_VARIABLE found ERROR_QUIET RESULT_VARIABLE status)
    if(status EQUAL 0)
      string(REPLACE "+" "%2B" found "${found}")
      set(purl "${found}" PARENT_SCOPE)
    endif()
  endif()
endfunction()

# The file's head has all its parts.
file(READ ${PROJECT_SOURCE_DIR}/tools/report/d3.min.js head LIMIT 2000)
string(REGEX MATCHALL "d3-[a-z-]+@[0-9.]+" modules "${head}")
foreach(module ${modules})
  string(REPLACE "@" ";" pair ${module})
  list(GET pair 0 name)
  list(GET pair 1 version)
  set(licence ISC)
  if(name STREQUAL "d3-ease")
    set(licence BSD-3-Clause)
  endif()
  add_part(${name} ${version} ${licence} "pkg:npm/${module}" "PACKAGE CONTAINS")
endforeach()
find_source(libwireshark-dev)
add_part(wireshark ${Wireshark_VERSION} GPL-2.0-or-later "${purl}" "PACKAGE DYNAMIC_LINK")
find_source(libglib2.0-dev)
add_part(glib ${GLIB2_VERSION} LGPL-2.1-or-later "${purl}" "PACKAGE DYNAMIC_LINK")
add_part(${CMAKE_C_COMPILER_ID}-C-compiler ${CMAKE_C_COMPILER_VERSION} NOASSERTION "" "BUILD_TOOL_OF PACKAGE")
add_part(cmake ${CMAKE_VERSION} NOASSERTION "" "BUILD_TOOL_OF PACKAGE")

string(TIMESTAMP date "%Y-%m-%dT%H:%M:%SZ" UTC)
file(WRITE ${sbom} "{
  \"spdxVersion\": \"SPDX-2.3\", \"dataLicense\": \"CC0-1.0\", \"SPDXID\": \"SPDXRef-DOCUMENT\",
  \"name\": \"${package}-${package_version}\",
  \"documentNamespace\": \"https://wireshark-plugin-trade.invalid/${package_version}/${CMAKE_SYSTEM_PROCESSOR}\",
  \"creationInfo\": {\"created\": \"${date}\", \"creators\": [\"Tool: cmake-${CMAKE_VERSION}\"]},
  \"packages\": [
    {\"name\": \"${package}\", \"SPDXID\": \"SPDXRef-PACKAGE\", \"versionInfo\": \"${package_version}\",
      \"downloadLocation\": \"NOASSERTION\", \"filesAnalyzed\": false,
      \"licenseDeclared\": \"GPL-2.0-or-later AND ISC AND BSD-3-Clause\",
      \"copyrightText\": \"the TRADE for Wireshark authors; parts of D3: Mike Bostock, Robert Penner\"}${parts}],
  \"relationships\": [
    {\"spdxElementId\": \"SPDXRef-DOCUMENT\", \"relationshipType\": \"DESCRIBES\", \"relatedSpdxElement\": \"SPDXRef-PACKAGE\"}${relations}]
}
")
install(FILES ${sbom} DESTINATION ${documents} COMPONENT extras)
