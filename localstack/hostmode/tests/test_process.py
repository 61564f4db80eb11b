"""The execution environment against real processes. Needs no LocalStack."""

import json
import os
import tempfile
import time
import unittest
from pathlib import Path

from attune_hostmode.process import Environment, InitError, Settings
from tests import bootstraps


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


def wait_gone(pid: int, seconds: float = 3) -> bool:
    end = time.monotonic() + seconds
    while alive(pid) and time.monotonic() < end:
        time.sleep(0.01)
    return not alive(pid)


class ProcessTest(unittest.TestCase):
    def environment(self, body: str, timeout_s: float = 5, init_timeout_s: float = 5) -> Environment:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        root = Path(folder.name)
        self.log = root / "function.log"
        environment = Environment(
            Settings(
                code=bootstraps.write(root, body),
                environment={"PATH": os.environ["PATH"]},
                timeout_s=timeout_s,
                init_timeout_s=init_timeout_s,
                log=self.log,
            )
        )
        self.addCleanup(environment.stop)
        return environment

    def invoke(self, environment: Environment, number: int, **event):
        outcome = environment.invoke(f"r{number}", json.dumps({"n": number, **event}).encode(), "arn:aws:lambda:x")
        return outcome.answer, json.loads(outcome.answer.body), outcome.logs

    def test_one_process_serves_many_events(self):
        environment = self.environment(bootstraps.ECHO)
        environment.start()
        pids = set()
        for number in range(20):
            answer, body, _ = self.invoke(environment, number)
            self.assertFalse(answer.is_error)
            self.assertEqual(body["n"], number)
            pids.add(body["pid"])
        self.assertEqual(len(pids), 1)

    def test_lines_belong_to_the_invocation_that_printed_them(self):
        environment = self.environment(bootstraps.ECHO)
        for number in range(10):
            _, _, logs = self.invoke(environment, number)
            lines = logs.splitlines()
            self.assertEqual(lines[0], f"START RequestId: r{number} Version: $LATEST")
            self.assertEqual(lines[1], f"hello {number}")
            self.assertEqual(lines[2], f"END RequestId: r{number}")
            self.assertTrue(lines[3].startswith(f"REPORT RequestId: r{number}\tDuration: "), lines[3])
            self.assertIn("Max Memory Used: ", lines[3])
            # only the first invocation of a process had an init
            self.assertEqual("Init Duration" in lines[3], number == 0)
        self.assertEqual(sum(line.startswith("hello") for line in self.log.read_text().splitlines()), 10)

    def test_lines_printed_after_the_answer_belong_to_it_too(self):
        environment = self.environment(bootstraps.CHATTY)
        for number in range(3):
            _, _, logs = self.invoke(environment, number)
            printed = [line for line in logs.splitlines() if line[0].isdigit()]
            self.assertEqual(printed, [f"{number} {line}" for line in range(500)])

    def test_an_error_of_the_function_keeps_the_process(self):
        environment = self.environment(bootstraps.FAILING)
        for number in range(2):
            answer, body, _ = self.invoke(environment, number)
            self.assertTrue(answer.is_error)
            self.assertEqual(body["errorType"], "Boom")

    def test_a_crash_fails_its_event_and_the_next_has_a_new_process(self):
        environment = self.environment(bootstraps.CRASHING)
        _, first, _ = self.invoke(environment, 1)
        answer, body, logs = self.invoke(environment, 2, crash=True)
        self.assertTrue(answer.is_error)
        self.assertEqual(body["errorType"], "Runtime.ExitError")
        self.assertIn("exit status 3", body["errorMessage"])
        self.assertIn("about to die", logs)
        answer, second, _ = self.invoke(environment, 3)
        self.assertFalse(answer.is_error)
        self.assertNotEqual(first["pid"], second["pid"])

    def test_a_crash_while_idle_fails_nothing(self):
        environment = self.environment(bootstraps.CRASHING)
        _, first, _ = self.invoke(environment, 1)
        os.kill(first["pid"], 9)
        self.assertTrue(wait_gone(first["pid"]))
        answer, second, _ = self.invoke(environment, 2)
        self.assertFalse(answer.is_error)
        self.assertNotEqual(first["pid"], second["pid"])

    def test_a_time_out_kills_the_process_and_its_children(self):
        environment = self.environment(bootstraps.HANGING_WITH_CHILD, timeout_s=0.5)
        started = time.monotonic()
        answer, body, logs = self.invoke(environment, 1, hang=True)
        self.assertLess(time.monotonic() - started, 3)
        self.assertTrue(answer.is_error)
        self.assertEqual(body["errorType"], "Sandbox.Timedout")
        self.assertIn("Task timed out after 0.50 seconds", body["errorMessage"])
        child = next(int(line.split()[1]) for line in logs.splitlines() if line.startswith("child"))
        self.assertTrue(wait_gone(child), "the child outlived the time-out")
        answer, body, _ = self.invoke(environment, 2)
        self.assertFalse(answer.is_error)
        self.assertGreater(body["deadline"], time.time() * 1000)

    def test_an_init_error_carries_the_function_s_own_words(self):
        environment = self.environment(bootstraps.INIT_ERROR)
        with self.assertRaises(InitError) as caught:
            environment.start()
        self.assertEqual(json.loads(caught.exception.payload)["errorMessage"], "ATTUNE_CELL is not set")

    def test_an_exit_before_the_first_poll_is_an_init_error_with_its_output(self):
        environment = self.environment("print('no configuration', flush=True); sys.exit(7)")
        with self.assertRaises(InitError) as caught:
            environment.start()
        message = json.loads(caught.exception.payload)["errorMessage"]
        self.assertIn("exit status 7", message)
        self.assertIn("no configuration", message)

    def test_an_init_that_hangs_ends(self):
        environment = self.environment("time.sleep(60)", init_timeout_s=0.3)
        with self.assertRaises(InitError) as caught:
            environment.start()
        self.assertEqual(json.loads(caught.exception.payload)["errorType"], "Sandbox.Timedout")

    def test_a_program_that_cannot_be_run_is_an_init_error(self):
        environment = self.environment("")
        (environment.settings.code / "bootstrap").write_text("#!/no/such/interpreter\n")
        with self.assertRaises(InitError):
            environment.start()

    def test_an_answer_to_another_invocation_is_refused(self):
        _, body, _ = self.invoke(self.environment(bootstraps.WRONG_ID), 1)
        self.assertEqual(body["status"], 400)

    def test_an_answer_above_six_megabytes_fails_the_event(self):
        answer, body, _ = self.invoke(self.environment(bootstraps.TOO_LARGE), 1)
        self.assertTrue(answer.is_error)
        self.assertEqual(body["errorType"], "Function.ResponseSizeTooLarge")

    def test_stop_ends_the_process(self):
        environment = self.environment(bootstraps.ECHO)
        _, body, _ = self.invoke(environment, 1)
        environment.stop()
        self.assertTrue(wait_gone(body["pid"]))
        environment.stop()


if __name__ == "__main__":
    unittest.main()
