"""LocalStack without Docker: functions as local processes, and the DynamoDB engine beside LocalStack.

Found by LocalStack through the entry points in ``attune_hostmode.dist-info``; put the folder above on ``PYTHONPATH``.
"""
