"""The arguments of a comparison: those that the caller chooses, and those that its script adds once the servers run."""
import argparse
import sys


def checked(choices, description):
    """A parser with these choices. As the script's first act, `--check` reads the choices alone and ends the program: with 0,
    after --help with 10, and with 64 for a wrong one."""
    usual = {"description": description, "formatter_class": argparse.RawDescriptionHelpFormatter, "parents": [choices]}
    if sys.argv[1:2] == ["--check"]:
        alone = argparse.ArgumentParser(**usual)
        if not {"-h", "--help"}.isdisjoint(sys.argv):
            alone.print_help()
            sys.exit(10)
        alone.error = lambda message: (alone.print_usage(sys.stderr), print(message, file=sys.stderr), sys.exit(64))
        alone.parse_args(sys.argv[2:])
        sys.exit(0)
    return argparse.ArgumentParser(**usual)
