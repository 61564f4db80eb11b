"""LocalStack's DynamoDB provider (v2) in front of an engine that runs beside it on ``DYNAMODB_LOCAL_PORT``.

The engine writes its own account and region into ARNs ("dynoxide" where DynamoDB Local writes "ddblocal").
"""

import re


def use_external_engine() -> None:
    """Start no DynamoDB Local, and translate the engine's ARNs."""
    from localstack.services.dynamodb import server, utils
    from localstack.services.dynamodb.v2.provider import DynamoDBProvider
    from localstack.services.dynamodbstreams.v2.provider import DynamoDBStreamsProvider
    from localstack.utils.run import FuncThread

    def start_nothing(_self):
        thread = FuncThread(lambda _: None, name="external-dynamodb")
        thread.start()
        return thread

    server.DynamodbServer.do_start_thread = start_nothing

    utils._ddb_local_arn_pattern = re.compile(
        r'("TableArn"|"LatestStreamArn"|"StreamArn"|"ShardIterator"|"IndexArn")\s*:\s*'
        r'"arn:[a-z-]+:dynamodb:[a-z0-9-]+:\d{12}:([^"]+)"'
    )

    fix_table_arn = DynamoDBProvider.fix_table_arn

    def fix(self, account_id, region_name, arn):
        return fix_table_arn(self, account_id, region_name, arn.replace(":dynoxide:", ":ddblocal:"))

    DynamoDBProvider.fix_table_arn = fix

    to_engine = DynamoDBStreamsProvider.modify_stream_arn_for_ddb_local

    def to_engine_arn(self, arn):
        # shard iterators of the engine are opaque, not ARNs
        return to_engine(self, arn).replace(":ddblocal:", ":dynoxide:") if arn.startswith("arn:") else arn

    DynamoDBStreamsProvider.modify_stream_arn_for_ddb_local = to_engine_arn
