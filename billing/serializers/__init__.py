"""What the API says and takes of each noun of billing; rules stay in the services."""
