import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import javax.management.MBeanServerConnection;
import javax.management.ObjectName;
import javax.management.remote.JMXConnector;
import javax.management.remote.JMXConnectorFactory;
import javax.management.remote.JMXServiceURL;

/** What `nodetool getendpoints` asks a node, for as many keys as there are lines "keyspace table key", in one JVM. */
class NaturalEndpoints {
    public static void main(String[] arguments) throws Exception {
        String url = "service:jmx:rmi:///jndi/rmi://" + arguments[0] + "/jmxrmi";
        String[] credentials = Files.readString(Path.of(arguments[1])).strip().split(" ");
        Map<String, ?> environment = Map.of(JMXConnector.CREDENTIALS, credentials);
        String[] types = {"java.lang.String", "java.lang.String", "java.lang.String"};
        PrintStream out = new PrintStream(System.out, false, StandardCharsets.UTF_8);
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        try (JMXConnector connector = JMXConnectorFactory.connect(new JMXServiceURL(url), environment)) {
            MBeanServerConnection server = connector.getMBeanServerConnection();
            ObjectName storage = new ObjectName("org.apache.cassandra.db:type=StorageService");
            for (String line = in.readLine(); line != null; line = in.readLine()) {
                Object[] asked = line.split(" ", 3);
                Object found = server.invoke(storage, "getNaturalEndpointsWithPort", asked, types);
                out.println(String.join(" ", (List<String>) found));
            }
        }
        out.flush();
    }
}
