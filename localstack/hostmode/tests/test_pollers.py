"""Long polls: who waits, who works."""

import threading
import time
import unittest

from attune_hostmode.pollers import WAIT_S, OneLongPollAtATime, thread_count


class Client:
    """A queue's client that records its calls and how many wait at once."""

    def __init__(self):
        self.calls = []
        self.waiting = 0
        self.most = 0
        self.lock = threading.Lock()
        self.meta = "meta"

    def receive_message(self, **request):
        with self.lock:
            self.calls.append(request)
            self.waiting += 1
            self.most = max(self.most, self.waiting)
        time.sleep(0.01)
        with self.lock:
            self.waiting -= 1
        return {"Messages": []}


class PollersTest(unittest.TestCase):
    def test_a_short_poll_becomes_a_long_one(self):
        client = Client()
        OneLongPollAtATime(client).receive_message(QueueUrl="q", WaitTimeSeconds=0, sqs_override_wait_time_seconds=0)
        self.assertEqual(client.calls, [{"QueueUrl": "q", "WaitTimeSeconds": WAIT_S}])

    def test_a_batching_window_stays(self):
        client = Client()
        request = {"QueueUrl": "q", "WaitTimeSeconds": 1, "sqs_override_wait_time_seconds": 1}
        OneLongPollAtATime(client).receive_message(**request)
        self.assertEqual(client.calls, [request])

    def test_one_waits_at_a_time(self):
        client = Client()
        polls = OneLongPollAtATime(client)
        threads = [threading.Thread(target=polls.receive_message) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual((len(client.calls), client.most), (8, 1))

    def test_everything_else_is_the_client_s(self):
        self.assertEqual(OneLongPollAtATime(Client()).meta, "meta")

    def test_threads_are_the_maximum_concurrency(self):
        queue = "arn:aws:sqs:eu-west-1:000000000000:q"
        self.assertEqual(thread_count({"EventSourceArn": queue, "ScalingConfig": {"MaximumConcurrency": 7}}), 7)
        self.assertEqual(thread_count({"EventSourceArn": queue}), 2)
        fifo = {"EventSourceArn": queue + ".fifo", "ScalingConfig": {"MaximumConcurrency": 7}}
        self.assertEqual(thread_count(fifo), 1)


if __name__ == "__main__":
    unittest.main()
