import RegistryCore

@testable import MetadataSQL

extension SQLiteStore {
    /// Pushes a blob that is on `backends`: its keys there.
    @discardableResult
    func place(_ number: Int, _ backends: String..., size: Int64 = 42) async throws -> [ObjectKey] {
        var keys: [ObjectKey] = []
        for (index, backend) in backends.enumerated() {
            let digest = try digest(number)
            let object = StoredObject(key: UploadPlan(id: UploadID(), digest: digest).key, size: size)
            if index == 0 {
                let session = session(try name("alice/app"))
                try await createUpload(session)
                _ = try await commitBlob(digest, at: object, on: backend, closing: session, at: time(1))
            } else {
                let copy = BlobCopy(id: UploadID(), backend: backend, digest: digest, touched: time(1))
                try await beginCopy(copy)
                guard try await commitCopy(copy, at: object) == .stored else { throw Nothing() }
            }
            keys.append(object.key)
        }
        return keys
    }

    /// Makes a blob known that lies in somebody else's files.
    @discardableResult
    func adopt(_ number: Int, on backend: String, size: Int64 = 42) async throws -> ObjectKey {
        let key = ObjectKey("/docker/registry/v2/blobs/\(number)/data")
        let blob = AdoptedBlob(digest: try digest(number), object: StoredObject(key: key, size: size))
        _ = try await adoptBlobs([blob], on: backend, into: name("alice/app"), owning: false, at: time(1))
        return key
    }

    func locations(_ number: Int) throws -> [String] {
        try blob(digest(number), in: name("alice/app"))?.locations.map(\.backend).sorted() ?? []
    }
}
