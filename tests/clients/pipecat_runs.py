"""Pipecat's model is interrupted and asked something else, with nothing of ours beside it.

Writes one line of JSON: what it heard of both. It cancels what is interrupted, on the same socket.
"""

import asyncio
import importlib
import json
import os
import sys
from typing import Any


def load(module: str) -> Any:
    return importlib.import_module(f"pipecat.{module}")


frames = load("frames.frames")
llm = load("services.openai.responses.llm")
pipeline = load("pipeline.pipeline")
context = load("processors.aggregators.llm_context")
processor = load("processors.frame_processor")
testing = load("tests.utils")

QUESTIONS = ("What is the weather in Paris?", "Xyzzy plugh.")


def asked(words: str) -> Any:
    return frames.LLMContextFrame(context.LLMContext([{"role": "user", "content": words}]))


async def main() -> list[str]:
    url = os.environ["OPENAI_BASE_URL"]
    service = llm.OpenAIResponsesLLMService(
        ws_url=f"ws{url.removeprefix('http')}/responses",
        base_url=url,
        settings=llm.OpenAIResponsesLLMService.Settings(model="rules"),
    )
    first, second = QUESTIONS
    pause = testing.SleepFrame
    heard, _ = await testing.run_test(
        service,
        # The first answer takes a second, and is interrupted in the middle of it.
        frames_to_send=[
            *(asked(first), pause(0.4), frames.InterruptionFrame(), pause(0.1)),
            *(asked(second), pause(3.0)),
        ],
    )
    answers: list[str] = []
    for frame in heard:
        if isinstance(frame, frames.LLMFullResponseStartFrame):
            answers.append("")
        elif isinstance(frame, frames.LLMTextFrame):
            answers[-1] += frame.text
    return answers


if __name__ == "__main__":
    sys.stdout.write(json.dumps(asyncio.run(main())) + "\n")
