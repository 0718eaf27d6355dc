"""What is done about money, one deed a module.

The order of reading is the order of a charge: ``open_order`` → ``begin_checkout`` or
``send_charges`` → ``apply_gateway_state`` → ``reap_charges``.
"""
