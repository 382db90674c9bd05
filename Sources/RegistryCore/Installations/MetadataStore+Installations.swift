// A storage is ours when its mark has the id that the database has for the backend. The id is in the database before the mark is
// made, so it is never another's, and whatever moment a crash comes at, the next start goes on from there. What is not ours
// stays so until somebody says otherwise: its objects, which no row here knows, are not garbage.
extension MetadataStore {
    /// The id that the backend's storage gets if it is made now; nil: it is not to be made, as blobs are there.
    package func installationToMake(of backend: String) async throws -> String? {
        if try await hasBlobs(on: backend) { return nil }
        if let known = try await installation(of: backend) { return known.id }
        let id = UploadID().description
        // A release that wrote no ids down has had it: then the one that it has counts.
        if try await servedBackends()?.contains(backend) == true { return id }
        return try await expectInstallation(of: backend, orElse: id)
    }

    /// Throws ``ForeignStorage`` unless the backend's storage is ours, and no other backend's. One that does not say which it is,
    /// or not yet, passes.
    package func checkInstallation(of name: String, in backends: [String: any BlobStorage]) async throws {
        guard let storage = backends[name], let found = storage.installation else { return }
        let twin = backends.sorted { $0.key < $1.key }.first { $0.key != name && $0.value.installation?.id == found.id }
        if let twin { throw ForeignStorage(name, found, .twice(backend: twin.key)) }

        guard let known = try await installation(of: name) else {
            // Only a release that wrote no ids down leaves it at that.
            let isOurs = if try await hasBlobs(on: name) { true } else { try await storage.isEmpty }
            guard isOurs else { throw ForeignStorage(name, found, .unknown) }
            return try await setInstallation(found.id, of: name)
        }
        if known.id == found.id { return }
        if try await hasBlobs(on: name) { throw ForeignStorage(name, found, .another(than: known.id)) }
        // A backend that got another name, with nothing on it yet.
        guard let before = try await backend(ofInstallation: found.id), try await !hasBlobs(on: before) else {
            throw ForeignStorage(name, found, .unknown)
        }
        try await setInstallation(found.id, of: name)
    }
}

extension BlobStorage {
    fileprivate var isEmpty: Bool {
        get async throws {
            for try await _ in objects(after: nil) { return false }
            return true
        }
    }
}
