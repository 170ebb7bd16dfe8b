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
    target_include_directories(zither_${name} PUBLIC $<BUILD_INTERFACE:${view}>)
    target_compile_features(zither_${name} PUBLIC cxx_std_20)
    zither_warnings(zither_${name})
    foreach(link ${arg_LINKS})
        target_link_libraries(zither_${name} PUBLIC zither_${link})
    endforeach()
    target_link_libraries(zither_${name} PUBLIC Threads::Threads)
endfunction()

function(zither_warnings target)
    target_compile_options(${target} PRIVATE -Wall -Wextra -Wpedantic -Wshadow -Wconversion -fvisibility=hidden
        $<$<BOOL:${ZITHER_WARNINGS_AS_ERRORS}>:-Werror>)
endfunction()
