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
        let others = backends.filter { $0.key != name }
        let twin = others.sorted { $0.key < $1.key }.first { $0.value.installation?.id == found.id }
        if let twin { throw ForeignStorage(name, found, .twice(backend: twin.key)) }
        try await admit(storage, as: name, beside: others.filter { $0.value.installation == nil }.map(\.key))
    }

    /// Throws ``ForeignStorage`` unless the storage, which says which it is, is this backend's.
    ///
    /// - Parameter others: backends that may not have said yet which storage they are: the one that the database has for them.
    package func admit(_ storage: any BlobStorage, as name: String, beside others: [String]) async throws {
        guard let found = storage.installation else { return }
        let known = try await installation(of: name)
        if known?.id == found.id { return }
        if let known, try await hasBlobs(on: name) { throw ForeignStorage(name, found, .another(than: known.id)) }
        if let before = try await backend(ofInstallation: found.id) {
            if others.contains(before) { throw ForeignStorage(name, found, .twice(backend: before)) }
            // A backend that got another name, with nothing on it yet.
            guard try await !hasBlobs(on: before) else { throw ForeignStorage(name, found, .unknown) }
        } else if known != nil {
            throw ForeignStorage(name, found, .unknown)
        }
        if known == nil { try await checkUnrecorded(storage, found, as: name) }
        try await setInstallation(found.id, of: name)
    }

    /// Only a release that wrote no ids down leaves it at that.
    private func checkUnrecorded(
        _ storage: any BlobStorage, _ found: StorageInstallation, as name: String
    ) async throws {
        let isOurs: Bool
        if try await hasBlobs(on: name) {
            isOurs = try await holdsSome(of: someObjects(on: name, limit: 10), storage)
        } else if try await servedBackends()?.contains(name) == true {
            isOurs = true
            // They may be left of ours, or another's: nobody but an operator knows.
            if try await holdsUnknown(storage, as: name) { try await noteRestored(at: .now) }
        } else {
            isOurs = try await storage.isEmpty
        }
        guard isOurs else { throw ForeignStorage(name, found, .unknown) }
    }

    private func holdsSome(of objects: [StoredObject], _ storage: any BlobStorage) async throws -> Bool {
        for object in objects where try await storage.damage(to: object, in: 0..<min(1, object.size)) == nil {
            return true
        }
        return false
    }

    /// Whether there is a blob's object that no row speaks of.
    private func holdsUnknown(_ storage: any BlobStorage, as name: String) async throws -> Bool {
        var page: [ObjectKey] = []
        for try await object in storage.objects(after: nil) where object.key.isOfBlob {
            page.append(object.key)
            guard page.count == 500 else { continue }
            if try await !unknownObjects(among: page, on: name).isEmpty { return true }
            page.removeAll(keepingCapacity: true)
        }
        return try await !unknownObjects(among: page, on: name).isEmpty
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
