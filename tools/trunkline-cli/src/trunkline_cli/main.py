"""The `trunkline` command: its subcommands, one module each in `commands/`."""

import typer

from trunkline_cli.commands.agents import agents_app
from trunkline_cli.commands.call import call
from trunkline_cli.commands.calls import calls_app
from trunkline_cli.commands.campaign import campaign_app
from trunkline_cli.commands.chaos import chaos
from trunkline_cli.commands.demo import demo
from trunkline_cli.commands.doctor import doctor
from trunkline_cli.commands.up import up

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,  # they would print local variables, which may be secrets
    help="AI phone agents on this machine: the local stack, its services, and what they say.",
)


@app.callback()
def _trunkline() -> None:
    """Keep every subcommand a subcommand: Typer merges a single one into its parent."""


app.command()(up)
app.command()(demo)
app.command()(doctor)
app.command()(chaos)
app.command()(call)
app.add_typer(calls_app, name="calls")
app.add_typer(campaign_app, name="campaign")
app.add_typer(agents_app, name="agents")


def main() -> None:
    """Run the command line."""
    app()
