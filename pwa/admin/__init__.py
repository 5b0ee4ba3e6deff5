"""What staff see: screens that read a form, check who asks, call one verb and answer. docs/admin.md says how."""
