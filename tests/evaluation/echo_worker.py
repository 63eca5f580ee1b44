"""A worker for tests: a file's label is its text. Prints what must not reach the replies."""

import sys

from brain_tumor.evaluation.benchmark_worker import bundle_argument, serve


def _answer(data: bytes) -> str:
    print("a library's chatter")
    text = data.decode()
    if text == "die":
        sys.exit("it broke")
    return f"{text} with {bundle_argument()}"


if __name__ == "__main__":
    serve(_answer, lambda names: print(len(names)))
