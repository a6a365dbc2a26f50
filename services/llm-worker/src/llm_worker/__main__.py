"""`python -m llm_worker`"""

from llm_worker.main import run

if __name__ == "__main__":
    run()
