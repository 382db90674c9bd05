public import RegistryCore

extension StorageDriver {
    /// Files on a local disk:
    ///
    ///     driver: fs
    ///     root: /var/lib/registryd/blobs      # default: blobs in the server's data folder
    public static var fs: StorageDriver {
        StorageDriver(
            name: "fs",
            section: Section.self,
            make: { section, context in
                try FileStorage(
                    root: section.root(context),
                    logger: context.logger,
                    exclusive: !context.isShared,
                    // Disks gain nothing from more.
                    uploadMemory: min(context.uploadMemory, FileStorage.mostUploadMemory),
                    installation: context.installation
                )
            },
            diagnose: { section, context in
                let diagnosis = FileDiagnosis(layout: try Layout(absolute: section.root(context)))
                return try await IOThreads(limit: 1).run { diagnosis.findings() }
            }
        )
    }
}

private struct Section: Decodable {
    /// A relative path is relative to the working directory.
    var root: String?

    func root(_ context: StorageDriverContext) -> String { root ?? "\(context.dataDirectory)/blobs" }
}
