import ArgumentParser
import Foundation
import Runtime

/// `bulkhead service`: adds and removes services of the checkout.
struct ServiceCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "service", abstract: "Add a service to the checkout, or take it back.",
    subcommands: [ServiceNewCommand.self, ServiceRemoveCommand.self])
}

/// `bulkhead service new NAME`: a service that runs.
struct ServiceNewCommand: OfflineCommand {
  static let configuration = CommandConfiguration(
    commandName: "new",
    abstract: "Write a service that runs: a program with one route and one table, its tests and its rights.",
    discussion: "Run it in the checkout. docs/new-service.md leads through what follows.")

  @Argument(help: "The service's name, such as billing or order-mail.")
  var name: String

  @Option(
    help: ArgumentHelp(
      """
      Take the size of SERVICE: its pods, pool, CPU and memory, the limits of its database account, and whether it receives \
      requests from the edge. The new service gets none of its rights, secrets or settings.
      """, valueName: "service"))
  var like: String?

  func work(in environment: ToolEnvironment, console: Console) throws -> Runtime.ExitCode {
    let checkout = URL(fileURLWithPath: FileManager.default.currentDirectoryPath)
    let skeleton = try ServiceSkeleton.next(try SkeletonNames(name), like: like, in: checkout)
    for path in try skeleton.write() { console.print("written \(path)") }
    console.progress("next: make render, then make demo ARGS=--once, then make test")
    return .success
  }
}

/// `bulkhead service remove NAME`: takes back what `new` wrote.
struct ServiceRemoveCommand: OfflineCommand {
  static let configuration = CommandConfiguration(
    commandName: "remove",
    abstract:
      "Take back what `service new` wrote; refuses where that was changed since, or later versions follow.")

  @Argument(help: "The service's name.")
  var name: String

  @Flag(help: "Delete the service's own files although they were changed.")
  var force = false

  func work(in environment: ToolEnvironment, console: Console) throws -> Runtime.ExitCode {
    let checkout = URL(fileURLWithPath: FileManager.default.currentDirectoryPath)
    let skeleton = try ServiceSkeleton.existing(try SkeletonNames(name), in: checkout)
    for path in try skeleton.remove(force: force) { console.print("restored \(path)") }
    console.progress("next: make render")
    return .success
  }
}
