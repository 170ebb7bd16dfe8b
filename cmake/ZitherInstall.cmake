# Installs libraries, headers, the CMake package and the pkg-config files. Everything is relocatable. The drop-in
# goes to folders of its own, so that it neither shadows a system libzmq nor is shadowed by one.
include(CMakePackageConfigHelpers)

get_property(libraries GLOBAL PROPERTY ZITHER_LIBRARIES)
install(TARGETS ${libraries} EXPORT zither-targets)
install(TARGETS zither_compat EXPORT zither-targets
    LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR}/zither/compat)
install(FILES sockets/capi/zmq.h DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/zither/compat)

foreach(folder zmtp transport sockets)
    install(DIRECTORY ${folder} DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/zither
        FILES_MATCHING PATTERN "*.hpp" PATTERN capi EXCLUDE PATTERN zither.hpp EXCLUDE)
endforeach()
install(FILES sockets/zither.hpp DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/zither)

set(package ${CMAKE_INSTALL_LIBDIR}/cmake/zither)
install(EXPORT zither-targets NAMESPACE zither:: DESTINATION ${package})
configure_package_config_file(cmake/zither-config.cmake.in ${CMAKE_CURRENT_BINARY_DIR}/zither-config.cmake
    INSTALL_DESTINATION ${package})
write_basic_package_version_file(${CMAKE_CURRENT_BINARY_DIR}/zither-config-version.cmake
    COMPATIBILITY SameMinorVersion)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/zither-config.cmake
    ${CMAKE_CURRENT_BINARY_DIR}/zither-config-version.cmake DESTINATION ${package})

# From <libdir>/.. to the headers.
set(zither_pc_tls "")
if(ZITHER_TLS)
    set(zither_pc_tls " openssl >= 3.0")
endif()
file(RELATIVE_PATH relative_include ${CMAKE_INSTALL_FULL_LIBDIR} ${CMAKE_INSTALL_FULL_INCLUDEDIR})
foreach(file zither zither-compat)
    configure_file(cmake/${file}.pc.in ${CMAKE_CURRENT_BINARY_DIR}/${file}.pc @ONLY)
    install(FILES ${CMAKE_CURRENT_BINARY_DIR}/${file}.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
endforeach()
