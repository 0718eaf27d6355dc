"""What is done to subscriptions, one deed a module."""
