public import RegistryCore

extension StorageDriver {
    /// Files on a local disk:
    ///
    ///     driver: fs
    ///     root: /var/lib/registryd/blobs      # default: blobs in the server's data folder
    public static var fs: StorageDriver {
        StorageDriver(name: "fs", section: Section.self) { section, context in
            try FileStorage(
                root: section.root ?? "\(context.dataDirectory)/blobs",
                logger: context.logger,
                exclusive: true,
                // Disks gain nothing from more.
                uploadMemory: min(context.uploadMemory, FileStorage.mostUploadMemory)
            )
        }
    }
}

private struct Section: Decodable {
    /// A relative path is relative to the working directory.
    var root: String?
}
