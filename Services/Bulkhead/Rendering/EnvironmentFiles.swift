import Foundation
import Runtime

/// A file for each service with the environment that `bulkhead up` gives it, to run the service by hand.
///
/// Each line is `NAME=value`, for `set -a; . FILE` in a shell and for systemd's `EnvironmentFile`. A value with other
/// characters than those of paths and numbers stands in single quotes. A setting of an engine that the service does not get is
/// empty, which counts as not set: one of the shell's own would win over the file. No file contains a secret: each names
/// the files that do.
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
    let others = Dictionary(SettingNames.ofEngines.map { ($0, "") }) { $1 }
    let all = others.merging(variables) { $1 }
    try OutputFile(path).writeOrFail(Self.text(of: all), mode: 0o600)
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
