"""Ways out of the house: each transport turns an outbound message into one outcome. No Django here."""
