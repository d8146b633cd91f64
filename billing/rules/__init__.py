"""Pure arithmetic of what was agreed, done and owed: values in, values out, no Django and no clock."""
