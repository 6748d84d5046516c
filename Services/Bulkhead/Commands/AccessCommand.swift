import ArgumentParser

/// `bulkhead access ...`: compares the engines with the manifest.
struct AccessCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "access", abstract: "Compare, apply and prove the rights of every account.",
    subcommands: [
      AccessCredentialsCommand.self, AccessPlanCommand.self, AccessApplyCommand.self,
      AccessVerifyCommand.self,
      AccessProveCommand.self, AccessRenderCommand.self, AccessExplainCommand.self, AccessDiffCommand.self,
      AccessLintCommand.self, AccessImportCommand.self, AccessRotateCommand.self, AccessOpenCommand.self,
      AccessCloseCommand.self,
    ])
}
