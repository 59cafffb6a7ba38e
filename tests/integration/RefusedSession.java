/** What pgjdbc says of a session that is refused: one line for each sslmode. */
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;

public class RefusedSession {
    public static void main(String[] args) {
        for (String mode : new String[] {"disable", "allow", "prefer", "require"}) {
            String url = "jdbc:postgresql://127.0.0.1:" + args[0] + "/postgres?user=postgres&sslmode=" + mode;
            try (Connection connection = DriverManager.getConnection(url)) {
                System.out.println(mode + " connected");
            } catch (SQLException error) {
                System.out.println(mode + " " + error.getSQLState() + " " + error.getMessage());
            }
        }
    }
}
