"""What comes back about messages that left: bounces, complaints, deliveries, and the answers of machines."""
