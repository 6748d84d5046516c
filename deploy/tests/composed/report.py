"""Runs tests one after the other, with one line for each. Skipped checks are reported just as visibly."""


class Report:
    def __init__(self, words):
        self.words = words
        self.passed = self.failed = 0
        self.unchecked = []

    def test(self, name, body, always=False):
        """Runs a test if there are no words or its name contains one. It fails with what it returns or raises."""
        if not always and self.words and not any(word in name for word in self.words):
            return
        try:
            complaints = list(body() or [])
        except Exception as error:  # a rule that raises has failed; the other rules still run
            complaints = [f"{type(error).__name__}: {error}"]
        if complaints:
            self.failed += 1
            print(f"FAILED  {name}")
            for complaint in complaints:
                print(f"          {complaint}")
        else:
            self.passed += 1
            print(f"passed  {name}")

    def not_checked(self, what, why):
        self.unchecked.append((what, why))

    def close(self):
        for what, why in self.unchecked:
            print(f"NOT CHECKED  {what}: {why}", flush=True)
        print(f"{self.passed} passed, {self.failed} failed, {len(self.unchecked)} not checked")
        return 1 if self.failed or not self.passed else 0
