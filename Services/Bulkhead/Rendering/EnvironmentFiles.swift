import Foundation

/// A file for each service with the environment that `bulkhead up` gives it, to run the service by hand.
///
/// Each line is `NAME=value`, for `set -a; . FILE` in a shell and for systemd's `EnvironmentFile`. A value with other
/// characters than those of paths and numbers stands in single quotes. No file contains a secret: each names the files
/// that do.
struct EnvironmentFiles: Sendable {
  /// The folder of the files.
  let directory: URL

  /// The file of a service.
  func path(of service: String) -> String { directory.appendingPathComponent("\(service).env").path }

  /// Writes the file of a service, which only its owner may read.
  func write(_ variables: [String: String], of service: String) throws {
    try FileManager.default.createDirectory(
      at: directory, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
    let path = path(of: service)
    try Data(Self.text(of: variables).utf8).write(to: URL(fileURLWithPath: path), options: .atomic)
    try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: path)
  }

  /// The lines of a file, by name.
  static func text(of variables: [String: String]) -> String {
    variables.sorted { $0.key < $1.key }.map { "\($0.key)=\(quoted($0.value))\n" }.joined()
  }

  private static func quoted(_ value: String) -> String {
    let isPlain = value.utf8.allSatisfy { byte in
      (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
        || "-_./:,@+".utf8.contains(byte)
    }
    return isPlain && !value.isEmpty ? value : value.shellQuoted
  }
}
