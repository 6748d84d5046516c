import ArgumentParser
import Glibc

extension Console {
  /// Requires a decision before data is lost: `--yes`, or the database's name typed on a terminal.
  func confirm(_ loss: String, ofDatabase name: String, yes: Bool) throws {
    guard !yes else { return }
    guard isatty(STDIN_FILENO) == 1 else { throw ValidationError("\(loss); confirm it with --yes") }
    progress("\(loss); type its name to go on")
    guard readLine() == name else { throw ToolError("nothing was changed") }
  }
}
