/*M!999999\- enable the sandbox mode */ 
-- MariaDB dump 10.19  Distrib 10.11.19-MariaDB, for debian-linux-gnu (x86_64)
--
-- Host: localhost    Database: chat
-- ------------------------------------------------------
-- Server version	10.11.19-MariaDB-0+deb12u1

/*!40101 SET @OLD_CHARACTER_SET_CLIENT=@@CHARACTER_SET_CLIENT */;
/*!40101 SET @OLD_CHARACTER_SET_RESULTS=@@CHARACTER_SET_RESULTS */;
/*!40101 SET @OLD_COLLATION_CONNECTION=@@COLLATION_CONNECTION */;
/*!40101 SET NAMES utf8mb4 */;
/*!40103 SET @OLD_TIME_ZONE=@@TIME_ZONE */;
/*!40103 SET TIME_ZONE='+00:00' */;
/*!40014 SET @OLD_UNIQUE_CHECKS=@@UNIQUE_CHECKS, UNIQUE_CHECKS=0 */;
/*!40014 SET @OLD_FOREIGN_KEY_CHECKS=@@FOREIGN_KEY_CHECKS, FOREIGN_KEY_CHECKS=0 */;
/*!40101 SET @OLD_SQL_MODE=@@SQL_MODE, SQL_MODE='NO_AUTO_VALUE_ON_ZERO' */;
/*!40111 SET @OLD_SQL_NOTES=@@SQL_NOTES, SQL_NOTES=0 */;

--
-- Table structure for table `AllGroup`
--

DROP TABLE IF EXISTS `AllGroup`;
/*!40101 SET @saved_cs_client     = @@character_set_client */;
/*!40101 SET character_set_client = utf8mb4 */;
CREATE TABLE `AllGroup` (
  `id` int(11) NOT NULL AUTO_INCREMENT,
  `groupname` varchar(50) NOT NULL,
  `groupdesc` varchar(200) DEFAULT '',
  PRIMARY KEY (`id`),
  UNIQUE KEY `groupname` (`groupname`)
) ENGINE=InnoDB AUTO_INCREMENT=10 DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;
/*!40101 SET character_set_client = @saved_cs_client */;

--
-- Dumping data for table `AllGroup`
--

LOCK TABLES `AllGroup` WRITE;
/*!40000 ALTER TABLE `AllGroup` DISABLE KEYS */;
INSERT INTO `AllGroup` VALUES
(1,'C++ chat project','start develop a chat project'),
(2,'读书会','每周一本书; \"慢慢\" 读\n第二行'),
(5,'nobody here','empty'),
(6,'two creators',''),
(7,'no creator',NULL),
(9,'Ｃ++ chat project','again');
/*!40000 ALTER TABLE `AllGroup` ENABLE KEYS */;
UNLOCK TABLES;

--
-- Table structure for table `Friend`
--

DROP TABLE IF EXISTS `Friend`;
/*!40101 SET @saved_cs_client     = @@character_set_client */;
/*!40101 SET character_set_client = utf8mb4 */;
CREATE TABLE `Friend` (
  `userid` int(11) NOT NULL,
  `friendid` int(11) NOT NULL,
  KEY `userid` (`userid`,`friendid`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;
/*!40101 SET character_set_client = @saved_cs_client */;

--
-- Dumping data for table `Friend`
--

LOCK TABLES `Friend` WRITE;
/*!40000 ALTER TABLE `Friend` DISABLE KEYS */;
INSERT INTO `Friend` VALUES
(13,13),
(13,15),
(13,21),
(13,21),
(13,99),
(15,13),
(21,22),
(99,13);
/*!40000 ALTER TABLE `Friend` ENABLE KEYS */;
UNLOCK TABLES;

--
-- Table structure for table `GroupUser`
--

DROP TABLE IF EXISTS `GroupUser`;
/*!40101 SET @saved_cs_client     = @@character_set_client */;
/*!40101 SET character_set_client = utf8mb4 */;
CREATE TABLE `GroupUser` (
  `groupid` int(11) NOT NULL,
  `userid` int(11) NOT NULL,
  `grouprole` enum('creator','normal') DEFAULT NULL,
  KEY `groupid` (`groupid`,`userid`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;
/*!40101 SET character_set_client = @saved_cs_client */;

--
-- Dumping data for table `GroupUser`
--

LOCK TABLES `GroupUser` WRITE;
/*!40000 ALTER TABLE `GroupUser` DISABLE KEYS */;
INSERT INTO `GroupUser` VALUES
(1,13,'creator'),
(1,15,'normal'),
(1,21,'normal'),
(1,22,'normal'),
(1,99,'normal'),
(1,15,'normal'),
(2,21,'creator'),
(2,13,'normal'),
(6,15,'creator'),
(6,16,'creator'),
(7,19,'normal'),
(7,24,NULL),
(9,24,'creator'),
(77,13,'normal');
/*!40000 ALTER TABLE `GroupUser` ENABLE KEYS */;
UNLOCK TABLES;

--
-- Table structure for table `OfflineMessage`
--

DROP TABLE IF EXISTS `OfflineMessage`;
/*!40101 SET @saved_cs_client     = @@character_set_client */;
/*!40101 SET character_set_client = utf8mb4 */;
CREATE TABLE `OfflineMessage` (
  `userid` int(11) NOT NULL,
  `message` varchar(500) NOT NULL
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;
/*!40101 SET character_set_client = @saved_cs_client */;

--
-- Dumping data for table `OfflineMessage`
--

LOCK TABLES `OfflineMessage` WRITE;
/*!40000 ALTER TABLE `OfflineMessage` DISABLE KEYS */;
INSERT INTO `OfflineMessage` VALUES
(15,'{\"id\":13,\"msg\":\"hello li si\",\"msgid\":5,\"name\":\"zhang san\",\"time\":\"2020-02-20 20:20:20\",\"toid\":15}'),
(15,'{\"fromid\":21,\"msg\":\"B says \\\"hi\\\" and \\\\ too\",\"msgId\":1004,\"name\":\"高洋\",\"time\":\"2020-02-20 20:21:20\",\"toid\":15}'),
(15,'{\"id\":13,\"msg\":\"第三条\\n两行\",\"msgid\":6,\"name\":\"zhang san\",\"time\":\"2020-02-20 20:22:20\",\"toid\":15}'),
(15,'{\"groupid\":1,\"msg\":\"meeting at 8\",\"msgid\":9,\"name\":\"zhang san\",\"time\":\"2020-02-21 08:00:00\",\"userid\":13}'),
(21,'{\"groupid\":1,\"msg\":\"meeting at 8\",\"msgid\":9,\"name\":\"zhang san\",\"time\":\"2020-02-21 08:00:00\",\"userid\":13}'),
(15,'{\"groupid\":1,\"id\":22,\"msg\":\"it\'s late; I\'ll come\",\"msgid\":10,\"name\":\"O\'Brien\",\"time\":\"2020-02-21 08:01:00\"}'),
(13,'{\"groupid\":1,\"id\":21,\"msg\":\"only you missed this\",\"msgid\":10,\"name\":\"高洋\",\"time\":\"2020-02-21 09:00:00\"}'),
(16,'{\"id\":13,\"msg\":\"cut off in the mid'),
(16,'not JSON at all'),
(16,'{\"id\":99,\"msg\":\"from nobody\",\"msgid\":6,\"name\":\"gone\",\"time\":\"2020-02-20 20:20:20\",\"toid\":16}'),
(16,'{\"id\":13,\"msgid\":6,\"name\":\"zhang san\",\"toid\":16}'),
(16,'{\"id\":15,\"msg\":\"no time\",\"msgid\":6,\"name\":\"li si\",\"toid\":16}'),
(99,'{\"id\":13,\"msg\":\"to nobody\",\"msgid\":6,\"name\":\"zhang san\",\"time\":\"2020-02-20 20:20:20\",\"toid\":99}'),
(24,'{\"groupid\":1,\"id\":13,\"msg\":\"not a member\",\"msgid\":10,\"name\":\"zhang san\",\"time\":\"2020-02-21 09:00:00\"}');
/*!40000 ALTER TABLE `OfflineMessage` ENABLE KEYS */;
UNLOCK TABLES;

--
-- Table structure for table `User`
--

DROP TABLE IF EXISTS `User`;
/*!40101 SET @saved_cs_client     = @@character_set_client */;
/*!40101 SET character_set_client = utf8mb4 */;
CREATE TABLE `User` (
  `id` int(11) NOT NULL AUTO_INCREMENT,
  `name` varchar(50) NOT NULL,
  `password` varchar(50) NOT NULL,
  `state` enum('online','offline') DEFAULT 'offline',
  PRIMARY KEY (`id`),
  UNIQUE KEY `name` (`name`)
) ENGINE=InnoDB AUTO_INCREMENT=61 DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;
/*!40101 SET character_set_client = @saved_cs_client */;

--
-- Dumping data for table `User`
--

LOCK TABLES `User` WRITE;
/*!40000 ALTER TABLE `User` DISABLE KEYS */;
INSERT INTO `User` VALUES
(13,'zhang san','123456','online'),
(15,'li si','666666','offline'),
(16,'liu shuo','123456','offline'),
(19,'wu yang','it\'s \\ \"quoted\"','offline'),
(21,'高洋','密码1314520','offline'),
(22,'O\'Brien \"\\\" ; -- /* */','1','online'),
(23,' blanks ','123456','offline'),
(24,'Bob','b','offline'),
(25,'Ｂｏｂ','fullwidth','offline'),
(26,'tab	here','123456','offline'),
(40,'😀 smile','p😀','offline'),
(41,'nopassword','','offline');
/*!40000 ALTER TABLE `User` ENABLE KEYS */;
UNLOCK TABLES;
/*!40103 SET TIME_ZONE=@OLD_TIME_ZONE */;

/*!40101 SET SQL_MODE=@OLD_SQL_MODE */;
/*!40014 SET FOREIGN_KEY_CHECKS=@OLD_FOREIGN_KEY_CHECKS */;
/*!40014 SET UNIQUE_CHECKS=@OLD_UNIQUE_CHECKS */;
/*!40101 SET CHARACTER_SET_CLIENT=@OLD_CHARACTER_SET_CLIENT */;
/*!40101 SET CHARACTER_SET_RESULTS=@OLD_CHARACTER_SET_RESULTS */;
/*!40101 SET COLLATION_CONNECTION=@OLD_COLLATION_CONNECTION */;
/*!40111 SET SQL_NOTES=@OLD_SQL_NOTES */;

-- Dump completed on 2026-11-21  1:04:38
