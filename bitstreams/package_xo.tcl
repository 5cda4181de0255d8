# SPDX-License-Identifier: Apache-2.0
# package_xo.tcl - package rtl/ as the Vitis kernel vn_cu (UG1393, "Packaging RTL Kernels"; UG1118).
#
#   vivado -mode batch -source package_xo.tcl -tclargs XO PART KERNEL_XML WORK OUTSTANDING BURST SOURCE...
#
# XO: the file to write.  WORK: an empty folder.  OUTSTANDING: bursts that a master keeps under way; BURST: beats of its longest.  SOURCE: packages first; the last is the Verilog top, module vn_cu_kernel.
if {$argc < 7} {
  puts stderr "error: package_xo.tcl XO PART KERNEL_XML WORK OUTSTANDING BURST SOURCE..."
  exit 2
}
lassign $argv xo part kernel_xml work outstanding burst
set sources [lrange $argv 6 end]

create_project -force package $work/project -part $part
add_files -norecurse $sources
set_property top vn_cu_kernel [current_fileset]
update_compile_order -fileset sources_1

# The IP's name is the kernel's; vendor, library and version are those of vlnv in kernel.xml.
ipx::package_project -root_dir $work/ip -vendor vanillin -library kernel -taxonomy /KernelIP -import_files -set_current true
set core [ipx::current_core]
set_property name vn_cu $core
set_property version 1.0 $core
set_property sdx_kernel true $core
set_property sdx_kernel_type rtl $core

# Every port has to be part of an interface, and every AXI interface to name its clock.
set busifs {s_axi_control m_axi_program m_axi_weights m_axi_maps}
foreach busif $busifs {
  if {[llength [ipx::get_bus_interfaces $busif -of_objects $core]] == 0} {
    puts stderr "error: package_xo.tcl: Vivado found no AXI interface $busif in the ports of vn_cu_kernel"
    exit 1
  }
  ipx::associate_bus_interfaces -busif $busif -clock ap_clk $core
}
# What the interconnect may expect of the masters; without it, it takes its own defaults.
foreach busif {m_axi_program m_axi_weights m_axi_maps} {
  set interface [ipx::get_bus_interfaces $busif -of_objects $core]
  set values [list NUM_READ_OUTSTANDING $outstanding MAX_BURST_LENGTH $burst]
  if {$busif ne "m_axi_weights"} {
    lappend values NUM_WRITE_OUTSTANDING $outstanding
  }
  foreach {name value} $values {
    set_property value $value [ipx::add_bus_parameter $name $interface]
  }
}
ipx::associate_bus_interfaces -clock ap_clk -reset ap_rst_n $core
if {[llength [ipx::get_bus_interfaces interrupt -of_objects $core]] == 0} {
  ipx::infer_bus_interface interrupt xilinx.com:signal:interrupt_rtl:1.0 $core
}

set_property supported_families {} $core
set_property auto_family_support_level level_2 $core
ipx::create_xgui_files $core
ipx::update_checksums $core
ipx::check_integrity -kernel $core
ipx::save_core $core
close_project

package_xo -force -xo_path $xo -kernel_name vn_cu -ip_directory $work/ip -kernel_xml $kernel_xml
