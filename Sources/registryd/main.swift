import RegistryServer
import StorageFS

await RegistrydMain.run(drivers: [.fs])
