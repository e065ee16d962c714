"""`bgml serve`: the API and the page of the weekly ranking."""

from __future__ import annotations

from typing import Annotated

import typer

from bgml.cli import terminal


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(serve)


def serve(
    host: Annotated[str, typer.Option(metavar="H", help="The address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(metavar="N", min=1, max=65535, help="The port.")] = 8640,
    workers: Annotated[int, typer.Option(metavar="N", min=1, max=64, help="Processes that share the work.")] = 1,
) -> None:
    """Serve the weekly ranking as a page and an API, until Ctrl-C or SIGTERM.

    On 127.0.0.1 whoever uses this machine gets in. As soon as there is a token (`bgml token create`), or [web] trusted_proxy is set, people
    have to sign in; any other address needs one of the two. New rankings appear by themselves.

    Examples:
      bgml serve
      bgml serve --host 0.0.0.0 --port 8640 --workers 4
    """
    from bgml.web.operations.running import run
    from bgml.web.serve import check_port, plan

    project = terminal.project()
    made = plan(project, host, port, workers)
    check_port(made)
    who = "people sign in with a token or through the proxy" if made.guarded else "whoever uses this machine gets in"
    terminal.say(f"Serving {project.settings.project.name} at {made.url} ({who}). Ctrl-C ends it.")
    terminal.emit({"url": made.url, "guarded": made.guarded, "workers": made.workers, "hosts": list(made.hosts)})
    run(project, made)
