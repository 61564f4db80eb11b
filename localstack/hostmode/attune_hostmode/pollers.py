"""Poll queues as Lambda does: long polls, and as many environments as the mapping's maximum concurrency.

LocalStack runs one thread per mapping, which polls, invokes and deletes in turn: one batch at a time, and a short poll
every quarter of a second. Here a mapping has ``ScalingConfig.MaximumConcurrency`` threads; one of them at a time waits in a
long poll, the others work. An idle mapping costs one request in ``WAIT_S`` seconds, and a message is picked up at once.
"""

import logging
import os
import threading

LOG = logging.getLogger(__name__)
WAIT_S = 5
ERROR_PAUSE_S = 2


class OneLongPollAtATime:
    """A boto client for SQS whose ``receive_message`` waits for the first message, one caller at a time."""

    def __init__(self, client) -> None:
        self._client = client
        self._turn = threading.Lock()

    def __getattr__(self, name):
        return getattr(self._client, name)

    def receive_message(self, **request):
        # a batching window has LocalStack wait for a full batch: leave that as it is
        if not request.get("WaitTimeSeconds"):
            request["WaitTimeSeconds"] = WAIT_S
            request.pop("sqs_override_wait_time_seconds", None)
        with self._turn:
            return self._client.receive_message(**request)


def thread_count(mapping: dict) -> int:
    """Threads of a mapping: its maximum concurrency, one for FIFO queues (their order must stay)."""
    if (mapping.get("EventSourceArn") or "").endswith(".fifo"):
        return 1
    wanted = (mapping.get("ScalingConfig") or {}).get("MaximumConcurrency")
    return max(1, int(wanted or os.environ.get("ATTUNE_MAPPING_THREADS", "2")))


def poll_as_lambda_does() -> None:
    """Change LocalStack's SQS poller and mapping worker."""
    from localstack.services.lambda_.event_source_mapping.esm_worker import EsmWorker
    from localstack.services.lambda_.event_source_mapping.pollers.poller import EmptyPollResultsException
    from localstack.services.lambda_.event_source_mapping.pollers.sqs_poller import SqsPoller

    create = SqsPoller.__init__

    def create_long_polling(self, *args, **kwargs):
        create(self, *args, **kwargs)
        self.source_client = OneLongPollAtATime(self.source_client)

    SqsPoller.__init__ = create_long_polling

    def work(worker, stop, owner):
        # a mapping that is switched off and on again has a new owner thread and new helpers
        while not stop.is_set() and worker._poller_thread is owner:
            try:
                worker.poller.poll_events()
            except EmptyPollResultsException:
                continue
            except Exception as error:
                LOG.error("poller of mapping %s: %s", worker.uuid, error)
                stop.wait(ERROR_PAUSE_S)

    start = EsmWorker.start

    def start_with_helpers(self):
        start(self)
        if not isinstance(self.poller, SqsPoller):
            return
        for number in range(1, thread_count(self.esm_config)):
            threading.Thread(
                target=work,
                args=(self, self._shutdown_event, self._poller_thread),
                name=f"mapping-{self.uuid}-{number}",
                daemon=True,
            ).start()

    EsmWorker.start = start_with_helpers
