"""Pure rules of how clients are treated: values in, values out, no Django and no clock."""
