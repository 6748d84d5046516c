import Foundation
import TestSupport

/// Runs programs of the fleet and scripts of the checkout.
struct Program: Sendable {
  struct Output: Sendable {
    let status: Int32
    let out: String
    let err: String
  }

  static let timeoutSeconds = 420.0

  /// The checkout that the tests were built from.
  static let checkout = Checkout.root

  /// The build's folder of programs, which also contains the tests.
  static let directory = URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent()

  static func named(_ name: String) -> URL { directory.appendingPathComponent(name) }
  static func script(_ name: String) -> URL { checkout.appendingPathComponent("scripts/\(name)") }

  /// Runs a program to its end and returns its output. The program gets only `environment` and the search path.
  static func run(
    _ program: URL, _ arguments: [String], environment: [String: String] = [:], in folder: URL
  ) async throws -> Output {
    let child = try Started(program, arguments, environment: environment, in: folder)
    let deadline = Date().addingTimeInterval(timeoutSeconds)
    while child.isRunning {
      guard Date() < deadline else {
        child.kill()
        throw Failure(
          "\(program.lastPathComponent) \(arguments) did not end within \(Int(timeoutSeconds)) s: \(child.err)"
        )
      }
      try await Task.sleep(for: .milliseconds(10))
    }
    return Output(status: child.status, out: child.out, err: child.err)
  }

  struct Failure: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
  }
}
