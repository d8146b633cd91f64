"""What every page shares: rights, fragments, navigation, formats and accounts."""
