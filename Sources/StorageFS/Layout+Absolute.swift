import Glibc
import RegistryCore

extension Layout {
    /// A relative root is relative to the working directory of this moment.
    init(absolute root: String) throws(StorageError) {
        var path = root
        if !root.hasPrefix("/") {
            guard let directory = getcwd(nil, 0) else {
                throw StorageError(.failed, "getcwd, for the storage's root \"\(root)\": \(Errno.current)")
            }
            defer { free(directory) }
            path = "\(String(cString: directory))/\(root)"
        }
        while path.count > 1, path.hasSuffix("/") { path.removeLast() }
        self.init(root: path)
    }
}
