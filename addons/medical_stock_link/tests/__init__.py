from . import test_fifo_cost
