"""What a bundle carries of streamflow-alarms: the standard library and streamflow_runtime are all it imports."""
