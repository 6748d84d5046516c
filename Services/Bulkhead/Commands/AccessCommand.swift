import ArgumentParser

/// `bulkhead access ...`: the manifest against the engines.
struct AccessCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "access", abstract: "Compares, applies and proves who may do what.",
    subcommands: [
      AccessCredentialsCommand.self, AccessPlanCommand.self, AccessApplyCommand.self,
      AccessVerifyCommand.self,
      AccessProveCommand.self, AccessRenderCommand.self,
    ])
}
