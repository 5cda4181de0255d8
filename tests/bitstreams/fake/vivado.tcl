# SPDX-License-Identifier: Apache-2.0
# vivado.tcl SCRIPT ARGUMENT... - run a Vivado script with commands that only look at their arguments.
set script [lindex $argv 0]
set argv [lrange $argv 1 end]
set argc [llength $argv]
set associated {}
set properties {}
set bus_parameters {}

proc die {text} { puts "ERROR: \[fake vivado\] $text"; exit 1 }
proc option {arguments name} {
  set at [lsearch -exact $arguments $name]
  if {$at < 0 || $at + 1 >= [llength $arguments]} { die "no $name in $arguments" }
  return [lindex $arguments [expr {$at + 1}]]
}
proc create_project {args} {
  if {![string match xcu* [option $args -part]]} { die "create_project $args" }
}
proc add_files {args} {
  if {[lindex $args 0] ne "-norecurse"} { die "add_files $args" }
  foreach f [lindex $args 1] { if {![file isfile $f]} { die "no source $f" } }
}
proc current_fileset {} { return sources_1 }
proc update_compile_order {args} {}
proc close_project {} {}
proc set_property {name value object} {
  global properties bus_parameters
  if {[lindex $object 0] eq "bus_parameter"} {
    if {$name ne "value" || ![string is integer -strict $value]} { die "set_property $name $value $object" }
    dict set bus_parameters [lrange $object 1 2] $value
    return
  }
  dict set properties $name $value
}
namespace eval ipx {
  proc package_project {args} {
    foreach {name value} {-vendor vanillin -library kernel -taxonomy /KernelIP} {
      if {[option $args $name] ne $value} { die "package_project $args" }
    }
    file mkdir [option $args -root_dir]
  }
  proc current_core {} { return core }
  # What Vivado infers from the names of ports; FAKE_NO_BUSIF: not this one.
  proc get_bus_interfaces {name args} {
    if {[option $args -of_objects] ne "core"} { die "get_bus_interfaces $args" }
    return [expr {$name eq "interrupt" || ([info exists ::env(FAKE_NO_BUSIF)] && $::env(FAKE_NO_BUSIF) eq $name) ? {} : $name}]
  }
  proc infer_bus_interface {name type core} {
    if {"$name $type" ne "interrupt xilinx.com:signal:interrupt_rtl:1.0"} { die "infer_bus_interface $name $type" }
    lappend ::associated $name
  }
  proc associate_bus_interfaces {args} {
    if {[option $args -clock] ne "ap_clk" || [lindex $args end] ne "core"} { die "associate_bus_interfaces $args" }
    lappend ::associated [option $args [expr {"-reset" in $args ? "-reset" : "-busif"}]]
  }
  proc add_bus_parameter {name interface} {
    if {![string match m_axi_* $interface]} { die "add_bus_parameter $name $interface" }
    return [list bus_parameter $interface $name]
  }
  proc create_xgui_files {core} {}
  proc update_checksums {core} {}
  proc check_integrity {args} {}
  proc save_core {core} { set ::saved 1 }
}
proc package_xo {args} {
  global properties associated bus_parameters
  foreach {name value} {name vn_cu version 1.0 sdx_kernel true sdx_kernel_type rtl top vn_cu_kernel} {
    if {![dict exists $properties $name] || [dict get $properties $name] ne $value} { die "property $name" }
  }
  if {[lsort $associated] ne "ap_rst_n interrupt m_axi_maps m_axi_program m_axi_weights s_axi_control"} { die "interfaces $associated" }
  set masters {}
  foreach {master writes} {m_axi_program 1 m_axi_weights 0 m_axi_maps 1} {
    lappend masters [list $master NUM_READ_OUTSTANDING] 32 [list $master MAX_BURST_LENGTH] 64
    if {$writes} { lappend masters [list $master NUM_WRITE_OUTSTANDING] 32 }
  }
  if {[lsort -stride 2 $masters] ne [lsort -stride 2 $bus_parameters]} { die "bus parameters $bus_parameters" }
  if {![info exists ::saved]} { die "the core was not saved" }
  if {[option $args -kernel_name] ne "vn_cu" || ![file isdirectory [option $args -ip_directory]]} { die "package_xo $args" }
  if {![file isfile [option $args -kernel_xml]]} { die "no kernel.xml" }
  set xo [open [option $args -xo_path] w]
  puts $xo "rtl"
  close $xo
}
source $script
