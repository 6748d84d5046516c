import Foundation
import TestSupport

/// The description of a server that `scripts/servers.sh` has written: `NAME=value` lines.
package struct ServerEnvironment: Sendable {
  /// The folder that identifies the server to `servers.sh`.
  package let folder: String
  private let values: [String: String]

  /// Reads the file that `servers.sh start` has written.
  package init(file: String) throws(SupportError) {
    guard let text = try? String(contentsOfFile: file, encoding: .utf8) else {
      throw SupportError("cannot read \(file), the description of a test server: run `make test`")
    }
    folder = (file as NSString).deletingLastPathComponent
    var values: [String: String] = [:]
    for line in text.split(separator: "\n") {
      guard let equals = line.firstIndex(of: "=") else { continue }
      values[String(line[..<equals])] = String(line[line.index(after: equals)...])
    }
    self.values = values
  }

  /// Reads the file that the environment variable `variable` names; `make test` starts that server.
  package init(fromVariable variable: String) throws(SupportError) {
    guard let file = ProcessInfo.processInfo.environment[variable], !file.isEmpty else {
      throw SupportError(
        "\(variable) is not set: this test needs a real server; run `make test`, which starts one")
    }
    try self.init(file: file)
  }

  /// Returns a required value.
  package func value(_ name: String) throws(SupportError) -> String {
    guard let value = values[name] else { throw SupportError("\(folder)/env does not contain \(name)") }
    return value
  }

  /// Returns a required port number.
  package func port(_ name: String) throws(SupportError) -> Int {
    guard let port = Int(try value(name)) else {
      throw SupportError("\(folder)/env: \(name) is not a number")
    }
    return port
  }

  /// Returns the content of a required password file.
  package func secret(_ name: String) throws(SupportError) -> String {
    let path = try value(name)
    guard let text = try? String(contentsOfFile: path, encoding: .utf8) else {
      throw SupportError("cannot read the password in \(path)")
    }
    return text.trimmingCharacters(in: .newlines)
  }
}
