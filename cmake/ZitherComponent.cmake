# zither_component(<name> [AT folder] [LINKS component...]): the library of a folder, as zither::<name>.
#
# A component's headers reach others only through its view, a folder with one symbolic link to it, which is put
# on the include path of whoever links it. So <zither/transport/...> does not exist for zmtp.
function(zither_component name)
    cmake_parse_arguments(PARSE_ARGV 1 arg "" "AT" "LINKS")
    if(NOT arg_AT)
        set(arg_AT ${name})
    endif()
    file(GLOB sources CONFIGURE_DEPENDS ${arg_AT}/*.cpp)
    add_library(zither_${name} STATIC ${sources})
    add_library(zither::${name} ALIAS zither_${name})
    set_target_properties(zither_${name} PROPERTIES EXPORT_NAME ${name} POSITION_INDEPENDENT_CODE ON)

    set(view ${CMAKE_CURRENT_BINARY_DIR}/view/${name})
    cmake_path(GET arg_AT PARENT_PATH parent)
    file(MAKE_DIRECTORY ${view}/zither/${parent})
    file(CREATE_LINK ${CMAKE_CURRENT_SOURCE_DIR}/${arg_AT} ${view}/zither/${arg_AT} SYMBOLIC)
    target_include_directories(zither_${name} PUBLIC
        $<BUILD_INTERFACE:${view}> $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
    target_compile_features(zither_${name} PUBLIC cxx_std_20)
    zither_warnings(zither_${name})
    foreach(link ${arg_LINKS})
        target_link_libraries(zither_${name} PUBLIC zither_${link})
    endforeach()
    target_link_libraries(zither_${name} PUBLIC Threads::Threads)
    set_property(GLOBAL APPEND PROPERTY ZITHER_LIBRARIES zither_${name})
endfunction()

# zither_umbrella(<header> LINKS component...): zither::zither, all that applications use, and the one header
# <zither/zither.hpp> that names it.
function(zither_umbrella header)
    cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "LINKS")
    set(view ${CMAKE_CURRENT_BINARY_DIR}/view/zither)
    file(MAKE_DIRECTORY ${view}/zither)
    file(CREATE_LINK ${CMAKE_CURRENT_SOURCE_DIR}/${header} ${view}/zither/zither.hpp SYMBOLIC)
    add_library(zither_zither INTERFACE)
    add_library(zither::zither ALIAS zither_zither)
    set_target_properties(zither_zither PROPERTIES EXPORT_NAME zither)
    target_include_directories(zither_zither INTERFACE $<BUILD_INTERFACE:${view}>)
    foreach(link ${arg_LINKS})
        target_link_libraries(zither_zither INTERFACE zither_${link})
    endforeach()
    set_property(GLOBAL APPEND PROPERTY ZITHER_LIBRARIES zither_zither)
endfunction()

function(zither_warnings target)
    target_compile_options(${target} PRIVATE -Wall -Wextra -Wpedantic -Wshadow -Wconversion -fvisibility=hidden
        $<$<BOOL:${ZITHER_WARNINGS_AS_ERRORS}>:-Werror>)
endfunction()
