"""The Agent User Interaction Protocol, AG-UI (WIRE section 11; docs.ag-ui.com)."""
