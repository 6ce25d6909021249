"""The mind that asks a model's server: any that speaks a form of OpenAI's API over HTTP."""
