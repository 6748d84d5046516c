import Foundation
import TestSupport

/// What `scripts/servers.sh` has written about a server: `NAME=value` lines.
package struct ServerEnvironment: Sendable {
  /// The folder that `servers.sh` knows the server by.
  package let folder: String
  private let values: [String: String]

  /// Reads the file that `servers.sh start` has left.
  package init(file: String) throws(SupportError) {
    guard let text = try? String(contentsOfFile: file, encoding: .utf8) else {
      throw SupportError("cannot read \(file), where a test server should be described: run `make test`")
    }
    folder = (file as NSString).deletingLastPathComponent
    var values: [String: String] = [:]
    for line in text.split(separator: "\n") {
      guard let equals = line.firstIndex(of: "=") else { continue }
      values[String(line[..<equals])] = String(line[line.index(after: equals)...])
    }
    self.values = values
  }

  /// The server that the environment variable `variable` points to: `make test` starts it.
  package init(fromVariable variable: String) throws(SupportError) {
    guard let file = ProcessInfo.processInfo.environment[variable], !file.isEmpty else {
      throw SupportError("\(variable) is not set: this test needs a real server, which `make test` starts")
    }
    try self.init(file: file)
  }

  /// A value that must be there.
  package func value(_ name: String) throws(SupportError) -> String {
    guard let value = values[name] else { throw SupportError("\(folder)/env does not name \(name)") }
    return value
  }

  /// A port number that must be there.
  package func port(_ name: String) throws(SupportError) -> Int {
    guard let port = Int(try value(name)) else { throw SupportError("\(folder)/env: \(name) is no number") }
    return port
  }

  /// The content of a password file that must be there.
  package func secret(_ name: String) throws(SupportError) -> String {
    let path = try value(name)
    guard let text = try? String(contentsOfFile: path, encoding: .utf8) else {
      throw SupportError("cannot read the password in \(path)")
    }
    return text.trimmingCharacters(in: .newlines)
  }
}
