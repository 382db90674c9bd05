import RegistryCore

extension S3Upload {
    /// Makes an object of everything.
    func store(as digest: Digest) async throws -> StoredObject {
        let size = offset
        let object: StoredObject
        if multipart == nil {
            let key = plan.digest == digest ? plan.key : UploadPlan(id: plan.id, digest: digest).key
            object = StoredObject(key: key, size: size)
            let content = try await tail.take()
            defer { withExtendedLifetime(content.lease) {} }
            try await storage.client.put(storage.name(of: key), content.body, digest: digest)
        } else {
            object = try await complete(as: digest, size: size)
        }
        await storage.forget(plan.id, completed: multipart)
        return object
    }

    private func complete(as digest: Digest, size: Int64) async throws -> StoredObject {
        guard let key = multipart?.key else { throw StorageError(.failed, "upload \(plan.id) has no parts") }
        guard plan.digest == digest || key == UploadPlan(id: plan.id).key else {
            throw StorageError(.checkpointLost, "upload \(plan.id): the parts it has sent are for another digest")
        }
        let object = StoredObject(key: key, size: size)
        let name = storage.name(of: key)
        do {
            try await send(try await tail.take())
            try await land()
            guard let multipart else { throw StorageError(.failed, "upload \(plan.id) has no parts") }
            let parts = multipart.etags.enumerated().map { MultipartPartList.Part(number: $0 + 1, etag: $1) }
            try await storage.client.completeMultipart(name, multipart.uploadID, parts, size: size)
        } catch let error as S3Error where error.isNoSuchUpload {
            // An earlier request may have completed it and died before it could say so. Only a key that holds the
            // digest says which bytes those were.
            guard key == UploadPlan(id: plan.id, digest: digest).key,
                try await storage.client.size(of: name) == size
            else { throw error }
        }
        return object
    }
}
